from proto import *
def new2(xs,a=1.,c=2.,d=2.,f=4.):
    K=len(xs); ys=[(x+1)/2 for x in xs]; ns=np.array([y.shape[1] for y in ys]); sh=(1/ns)/(1/ns).sum()
    m=sum(y.mean(1) for y in ys)/K
    V=0;den=0
    for y,n,q in zip(ys,ns,sh):
        mk=y.mean(1); s2=y.var(1,ddof=1) if n>1 else 0*mk
        ak=a*q; ck=c*q
        mt=(n*mk+ak)/(n+2*ak); v0=mt*(1-mt)
        e=f*(n-1)*mk*(1-mk)
        st=(e*s2+ck*v0)/(e+ck)
        v=st/n/K**2; V=V+v; den=den+v**2/(n-1+d)
    df=V**2/den; t=T.ppf(.975,df)
    N=K*K/(1/ns).sum()
    mt=(m*N+a)/(N+2*a)
    ne=np.maximum(mt*(1-mt)/V,1e-9)
    z2=t*t
    ce=(m+z2/(2*ne))/(1+z2/ne); h=np.sqrt(z2*(m*(1-m)/ne+z2/(4*ne**2)))/(1+z2/ne)
    return 2*m-1, 2*(ce-h)-1, 2*(ce+h)-1
import proto; proto.S=1500
S=1500
if __name__=="__main__":
    for kw in (dict(a=1,c=2),dict(a=1,c=1),dict(a=2,c=2)): run(new2,**kw)
