from proto import *
import proto
def new3(xs,a=1.,c=2.,d=1.,f=4.,lo=-1.,hi=1.,cap=True,boost=True):
    K=len(xs); ys=[(x-lo)/(hi-lo) for x in xs]; ns=np.array([y.shape[1] for y in ys]); sh=(1/ns)/(1/ns).sum()
    m=sum(y.mean(1) for y in ys)/K
    V=0;den=0
    for y,n,q in zip(ys,ns,sh):
        mk=np.clip(y.mean(1),0,1); s2=y.var(1,ddof=1) if n>1 else 0*mk
        b=mk*(1-mk)
        ak=a*q; ck=c*q
        mt=(n*mk+ak)/(n+2*ak); v0=mt*(1-mt)
        e=f*(n-1)*b
        r=np.where(b>1e-12,np.minimum(s2/np.where(b>1e-12,b,1),1),1)
        rt=(e*r+ck)/(e+ck)
        v=v0*rt/n/K**2; V=V+v
        dk=(n+d)*(np.maximum(1,2*rt/np.maximum(1-rt,1e-9)) if boost else 1)
        den=den+v**2/dk
    df=V**2/den; t=T.ppf(.975,df)
    N=K*K/(1/ns).sum()
    mt=(m*N+a)/(N+2*a)
    ne=np.maximum(mt*(1-mt)/V,1e-9)
    z2=t*t
    ce=(m+z2/(2*ne))/(1+z2/ne); h=np.sqrt(z2*(m*(1-m)/ne+z2/(4*ne**2)))/(1+z2/ne)
    w=hi-lo
    return w*m+lo, w*(ce-h)+lo, w*(ce+h)+lo
if __name__=="__main__":
    import sys
    proto.S=1500
    from p2 import new2
    run(new2)
    run(new3)
    run(new3,boost=False)
